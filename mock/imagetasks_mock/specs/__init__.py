"""What the vendors' OpenAPI files say: operations, schemas, lifecycles, prices."""
