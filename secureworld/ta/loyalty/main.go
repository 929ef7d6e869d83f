//go:build wasip1

// Command loyalty is an example of a trusted application that is not about payments:
// points for each card. It never sees an account number; a card is an identifier
// that was made for this application alone (package tasdk/card).
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o loyalty.wasm ./secureworld/ta/loyalty
//
// Its manifest asks for the permissions "card-identifier" and "storage". Package call
// draws its door, package points is what it does.
package main

import (
	"errors"

	"github.com/strongroom-pos/strongroom/secureworld/ta/loyalty/points"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk"
	"github.com/strongroom-pos/strongroom/secureworld/tasdk/storage"
)

// An initialiser, since main does not run in this build mode.
func init() { tasdk.Serve(points.New(space{}).Handle) }

func main() {}

// space is this application's own.
type space struct{}

func (space) Get(name string, room []byte) (int, error) {
	n, err := storage.Get(name, room)
	if errors.Is(err, storage.CodeNotFound) {
		return 0, nil
	}
	return n, err
}

func (space) Put(name string, value []byte) error { return storage.Put(name, value) }
