// Package bus carries the door of package overseer/door over NATS, between the MCUs of
// groups of secure elements and the groups' clients, and follows which groups there
// are.
//
// A message is one byte of kind and then the body as overseer/door has it; the verb in
// the subject and the kind must agree. One that finds no MCU comes back at once.
//
//	grp.<branch>.<group>.describe   01 → 81    grp.<branch>.<group>.ask    03 → 83
//	grp.<branch>.<group>.open       02 → 82    grp.<branch>.<group>.view   04 → 84
//
// A refusal is FF and a Code of package group/door.
//
// A group comes: its members agree on an epoch, its MCU subscribes, and only then lists
// it as serving. A group goes: listed as draining, so that clients open no more sessions
// there; what is in flight is answered; then it is off the list. A question that
// comes too late is refused at once, and its client asks elsewhere. A client's line
// that breaks fails what is in flight with CodeUnavailable and no more: the next
// question waits for the next server.
//
// Nothing on the bus is secret or believed: requests and answers are sealed between
// client and elements, who verify each other by certificates. Whoever holds the bus can
// delay, count and cut off.
//
// MCUs' programs and clients of groups import it. Its inner packages: subject (names
// and permissions), registry (the list of groups), server (NATS within a program) and
// central (all branches seen as one). It must never hold a key of an element, a group
// or a session.
package bus
