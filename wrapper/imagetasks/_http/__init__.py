"""How an exchange is sent: the only modules that know sockets."""
