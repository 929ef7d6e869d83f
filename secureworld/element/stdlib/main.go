// Command stdlib is the secure element that is written on Go's standard library:
// one make of several, behind the door that package element draws.
//
// It may hold: the acquirer's base derivation keys, the zone PIN key, the
// issuer's keys, and for the time of one operation a PIN. It must never give one
// of them out, write a file, or speak to anything but its socket. It is
// software, not a certified hardware security module.
package main

import (
	"runtime/debug"

	"github.com/strongroom-pos/strongroom/secureworld/element/program"
	"github.com/strongroom-pos/strongroom/secureworld/element/stdlib/engine"
)

// gcPercent lets some 30 MB of garbage gather, where 4 MB are usual: nearly all of it
// is the standard library's key schedules, which are cleared at once, and a collection
// for every few thousand of them would cost as much as they do.
const gcPercent = 800

func main() {
	debug.SetGCPercent(gcPercent)
	program.Main(program.Make{Name: "stdlib", Verbs: program.AllVerbs, Open: engine.Open})
}
