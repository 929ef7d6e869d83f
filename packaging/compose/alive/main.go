// Command alive is the health check of images that hold nothing but their program: it
// ends with 0 where a service is well, and otherwise says why it is not.
//
//	alive tcp ADDRESS          somebody listens
//	alive unix PATH            likewise
//	alive file PATH FIELD…     a JSON file in which each of these fields is true, or
//	                           neither empty nor zero
//
// It holds and reads no secret. Nothing may import it.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

const patience = 2 * time.Second

func main() {
	if err := alive(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "alive:", err)
		os.Exit(1)
	}
}

func alive(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: alive tcp ADDRESS, alive unix PATH, or alive file PATH FIELD…")
	}
	switch kind, where := args[0], args[1]; kind {
	case "tcp", "unix":
		conn, err := net.DialTimeout(kind, where, patience)
		if err != nil {
			return err
		}
		return conn.Close()
	case "file":
		return says(where, args[2:])
	}
	return errors.New("unknown kind of check")
}

func says(path string, fields []string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var v map[string]any
	if json.Unmarshal(b, &v) != nil {
		return errors.New("the file is no JSON object")
	}
	for _, f := range fields {
		switch v[f] {
		case nil, false, "", 0.0:
			return fmt.Errorf("%s is not so", f)
		}
	}
	return nil
}
