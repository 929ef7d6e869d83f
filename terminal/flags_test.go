package main

import (
	"errors"
	"io"
	"testing"
)

func TestOnlyLoopbackIsListenedOn(t *testing.T) {
	for listen, want := range map[string]error{
		"127.0.0.1:0": nil, "127.0.0.1:8443": nil, "[::1]:0": nil, "127.1.2.3:0": nil,
		"0.0.0.0:0": errListen, "[::]:0": errListen, ":0": errListen, "192.168.1.2:80": errListen,
		"localhost:0": errListen, "127.0.0.1": errListen, "": errListen, "[::1%lo]:0": errListen,
	} {
		_, err := parse([]string{"-mailbox", "unix:/x", "-data", "/y", "-listen", listen}, io.Discard)
		if !errors.Is(err, want) {
			t.Errorf("%q: %v", listen, err)
		}
	}
}

func TestFlagsThatAreMissingOrUnknownAreRefused(t *testing.T) {
	good := []string{"-mailbox", "unix:/x", "-data", "/y"}
	if _, err := parse(good, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-mailbox", "unix:/x"}, {"-data", "/y"}, append(good, "extra"),
		append(good, "-unknown"), append(good, "-environment", "test")} {
		if _, err := parse(args, io.Discard); err == nil {
			t.Errorf("%v was taken", args)
		}
	}
}
