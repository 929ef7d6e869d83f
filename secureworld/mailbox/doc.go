// Package mailbox is the door of the app world into the secure world: the few
// commands that the merchant's program may give, and what it is told.
//
// A connection is a session. It carries frames of package frame; the app world
// asks, the secure world answers, one frame in flight. A program that wants
// events while it gives commands opens two sessions. On one machine the
// connection is a Unix socket whose peer boot has measured; on several it is TCP
// with mutual TLS 1.3.
//
//	kind  from app world          kind  answer
//	01    Describe                81    Description
//	02    Start                   82    View
//	03    Cancel                  83    View
//	04    Status                  84    View
//	05    Events (may wait)       85    Event
//	06    Ping                    86    Pong
//	                              ff    Refused, to any of them
//
// Permit table. A session is open from its first frame to its end; the lane is
// booting until the host has answered a sign-on, then idle, busy with one
// payment, or resolving one (a reversal is not yet acknowledged).
//
//	            booting  idle  busy   resolving
//	Describe    yes      yes   yes    yes
//	Start       no       yes   no     no
//	Cancel      yes      yes   yes    yes    (a request that may lose)
//	Status      yes      yes   yes    yes
//	Events      yes      yes   yes    yes
//	Ping        yes      yes   yes    yes
//
// Anything else is answered by Refused with a code, counted, and changes
// nothing. A frame that cannot be parsed ends the session.
//
// Every field of every message is a number, a boolean or a closed type of
// package payment: no text and no byte string can cross in either direction, so
// no account data can. The app world (terminal) and the kernel import it.
package mailbox
