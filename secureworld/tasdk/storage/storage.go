// Package storage is a trusted application's own space of the trusted storage:
// sealed, bound to this device, and current, so that an older copy is refused. What
// Put has acknowledged is there after a power cut. Another application's space
// cannot be named.
//
// It needs the permission "storage" in the application's manifest, which may ask
// for more than the usual 64 KiB. Every error is a Code, or a tasdk.HostError where
// the kernel has no storage:
//
//	room := make([]byte, 8)
//	n, err := storage.Get("points", room)
//	if errors.Is(err, storage.CodeNotFound) {
//		n = 0
//	}
//
// Built natively, the package asks what tasdk.UseHost was given.
package storage

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/storage/call"
)

// Code is why the kernel refused.
type Code = call.Code

// Codes that an application tells apart.
const (
	CodeNotPermitted = call.CodeNotPermitted
	CodeNotFound     = call.CodeNotFound
	CodeTooLong      = call.CodeTooLong
	CodeQuota        = call.CodeQuota
)

// MaxValue is the longest value.
const MaxValue = call.MaxValue

// Get copies the value of a name into room and returns its length.
func Get(name string, room []byte) (int, error) {
	if len(name) > call.MaxName {
		return 0, call.CodeMalformed
	}
	buf := make([]byte, 0, max(len(name), len(room)))
	defer clear(buf[:cap(buf)])
	buf = append(buf, name...)
	n, err := ask(call.FnGet, buf)
	if err != nil {
		return 0, err
	}
	if n > len(room) {
		return 0, call.CodeTooLong
	}
	return copy(room, buf[:n]), nil
}

// Put makes value that of a name, durably.
func Put(name string, value []byte) error {
	if len(name) > call.MaxName || len(value) > MaxValue {
		return call.CodeTooLong
	}
	buf := call.AppendPut(make([]byte, 0, 1+len(name)+len(value)), name, value)
	defer clear(buf[:cap(buf)])
	_, err := ask(call.FnPut, buf)
	return err
}

// Delete removes a name.
func Delete(name string) error {
	if len(name) > call.MaxName {
		return call.CodeMalformed
	}
	_, err := ask(call.FnDelete, []byte(name))
	return err
}

// List gives all names, in ascending order.
func List() ([]string, error) {
	buf := make([]byte, 0, call.MaxAnswer)
	n, err := ask(call.FnList, buf)
	if err != nil {
		return nil, err
	}
	names, ok := call.ParseList(buf[:n])
	if !ok {
		return nil, call.CodeFailed
	}
	return names, nil
}

func ask(fn uint32, buf []byte) (int, error) {
	n, err := tasdk.Host(fn, buf)
	var refused tasdk.HostError
	if errors.As(err, &refused) && call.Code(refused.Code).String() != "unknown" {
		return 0, call.Code(refused.Code)
	}
	return n, err
}
