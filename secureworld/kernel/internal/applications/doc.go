// Package applications runs the trusted applications beside the payment
// application: each in memory of its own, with a space of the trusted storage of its
// own and keys of its own, held to what its verified manifest permits (package
// entitlement), and apart from all others. What one does, the others go on.
//
//	memory       one arena each, of package secretmem's smaller ones; its pages are a
//	             quota. Instances of one application share nothing but its space.
//	time         a deadline for each call; a share of each second for all calls; so
//	             many calls of the app world in each second; so many applications at a
//	             time that a processor is left to payments
//	storage      the space "app/NAME/space", which nothing else names; bytes are a quota
//	keys         those of package services under its own name; how many is a quota
//	permissions  asked at each host function: what the manifest does not name is
//	             refused with a code of its own
//
// An instance lives through many calls and is made anew after some, so that a memory
// that only grows does not end one. A call that misses its deadline, traps or exits
// ends the instance. The next one starts after a pause that doubles with each failure
// in a row; after some the application is disabled, until it is updated or the
// kernel starts again. State and reason are told to the app world.
//
// Applications of the kernel image, and those installed before a start, are compiled
// before the sandbox closes (Compile). One that is installed while the kernel serves
// is interpreted until the next start, because no memory may become executable any
// more: a call that does nothing then takes twice as long (BenchmarkInvoke), one that
// computes up to ten times. Where the lock limit is small, the arenas are
// of ordinary memory; Inspected says so for each.
//
// The app world asks by mailbox.Invoke. An application with the permission for
// account data is refused to it, and so is every operation from
// card.KernelOperations on.
//
// What an application stored is erased when it is removed; where no kernel serves at
// that moment, by the next one when it starts.
//
// Applications are told of approved payments at least once, each in the order of the
// notices' numbers. What a card is called for each is sealed in the kernel's own space
// before the payment's request leaves; whether it was approved is the journal's to say,
// after a restart too. A notice rests until the application has answered it, so the same
// one comes again after a crash in between, with the number that it had: who keeps the
// last number drops it. Given up is what an application crashes of three times, what a
// removed one was owed, and the oldest beyond 32.
//
// The kernel alone imports it. It must never hold account data.
package applications
