// Command nettle is the secure element that is written in C on nettle: one
// make of several, behind the door that package element draws.
//
// It may hold what the make on the standard library may, in C's locked memory
// (package native). It must never give a key out, write a file, or speak to
// anything but its socket. It is software, not a certified hardware security
// module.
package main

import (
	"github.com/strongroom-pos/strongroom/secureworld/element/nettle/engine"
	"github.com/strongroom-pos/strongroom/secureworld/element/program"
)

func main() {
	program.Main(program.Make{Name: "nettle", Verbs: program.AllVerbs, Open: engine.Open})
}
