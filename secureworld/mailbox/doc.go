// Package mailbox is the door of the app world into the secure world: the few
// commands that the merchant's program may give, and what it is told.
//
// A connection is a session. It carries frames of package frame; the app world
// asks, the secure world answers, one frame in flight. A program that wants
// events while it gives commands opens two sessions. On one machine the
// connection is a Unix socket whose peer boot has measured; on several it is TCP
// with mutual TLS 1.3. A session on a Unix socket can go over to shared memory, where
// the same frames pass: after OpenRing was answered by Ring with memory, the next
// question and all that follow come there (package ring).
//
//	kind  from app world          kind  answer
//	01    Describe                81    Description
//	02    Start                   82    View
//	03    Cancel                  83    View
//	04    Status                  84    View
//	05    Events (may wait)       85    Event
//	06    Ping                    86    Pong
//	08    Attest                  88    Evidence
//	09    Prove                   89    Proof
//	0a    Keys                    8a    KeyLine
//	0b    OpenRing                8b    Ring
//	0c    Settle                  8c    BatchView
//	0d    Batch                   8d    BatchView
//	0e    Difference              8e    Different
//	10    Generate                90    Key
//	11    Find                    91    Key
//	12    Delete                  92    Done
//	13    Certify                 93    Certificate
//	14    Sign                    94    Signature
//	15    MAC                     95    Tag
//	16    Seal                    96    Sealed
//	17    Open                    97    Opened
//	18    PutCertificate          98    Done
//	19    GetCertificate          99    Certificate
//	1a    DeleteCertificate       9a    Done
//	1b    VerifyWith              9b    Done
//	1c    EncryptWith             9c    Sealed
//	1d    PutData                 9d    Done
//	1e    GetData                 9e    Data
//	1f    DeleteData              9f    Done
//	20    Invoke                  a0    Invoked
//	21    Inspect                 a1    Inspected
//	                              ff    Refused, to any of them
//
// Permit table. A session is open from its first frame to its end; the lane is
// booting until the host has answered a sign-on, then idle, busy with one
// payment, or resolving one (a reversal is not yet acknowledged).
//
//	            booting  idle  busy   resolving
//	Describe    yes      yes   yes    yes
//	Start       no       yes   no     no     (what continues a payment without its card: like Settle but for booting,
//	                                          captures and voids wait for the host behind reversals)
//	Cancel      yes      yes   yes    yes    (a request that may lose)
//	Status      yes      yes   yes    yes
//	Events      yes      yes   yes    yes
//	Ping        yes      yes   yes    yes
//	Attest      yes      yes   yes    yes
//	Prove       yes      yes   yes    yes
//	Keys        yes      yes   yes    yes
//	OpenRing    yes      yes   yes    yes    (what can be given is given once)
//	Settle      yes      yes   yes    yes    (waits for payments and reversals)
//	Batch       yes      yes   yes    yes
//	Difference  yes      yes   yes    yes
//	10 to 1f    yes      yes   yes    yes    (one at a time; while busy, with as long a rest behind each)
//	20, 21      yes      yes   yes    yes    (within the quotas of the application that is asked)
//
// Anything else is answered by Refused with a code, counted, and changes
// nothing. A frame that cannot be parsed ends the session.
//
// Every field of every message is a number, a boolean or a closed type of
// package payment, but for the evidence of 08 and the signature of 09, which the
// kernel makes from its measurements and keys, and for the fields of type Opaque in
// 10 to 1f, the cryptographic services. These cannot carry account data out: what answers them is the kernel's
// package services, which works on what the app world itself put in, under keys
// that it asked for, and reaches neither envelopes nor a trusted application's
// memory, where alone account data are in clear. What the app world put in is all
// that comes out. Invoke and Invoked, 20, carry them too: what answers is a trusted
// application that has no permission for account data, and the kernel refuses to
// pass anything to one that has. Such an application knows of a card no more than an
// identifier of its own. A test names each such field. The app world (terminal) and
// the kernel import this package.
package mailbox
