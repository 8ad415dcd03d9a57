// go run wait.go
package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

func main() {
	mock := "http://127.0.0.1:8765"
	submit, _ := http.NewRequest("POST", mock+"/akool/api/open/v4/content/image/createBySourcePrompt", strings.NewReader(`{"prompt": "a lighthouse"}`))
	submit.Header = http.Header{"X-Api-Key": {"any"}, "Content-Type": {"application/json"}}
	if _, err := http.DefaultClient.Do(submit); err != nil {
		panic(err)
	}
	waited, err := http.Get(mock + "/_mock/wait?for=task:succeeded&provider=akool&timeout=30")
	if err != nil {
		panic(err)
	}
	body, _ := io.ReadAll(waited.Body)
	fmt.Println(waited.StatusCode, string(body))
}
