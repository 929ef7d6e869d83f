// Package transaction is the core of the secure world: the state machine of a
// payment, of its reversal and of the host session, as a step function.
//
// Core.Step takes one event and returns effects, in order. It has no clock, no
// randomness, no goroutine, no disk and no network of its own: time and random
// bytes come with the events, and a shell (package monitor in the kernel, or a
// simulation) carries the effects out. The shell must make a Record durable
// before it carries out any effect behind it, and must stop for good if it
// cannot.
//
//	phase       what may happen                          last durable record
//	card        reader takes the card                    Attempt
//	pan         application seals the PAN to the PIN pad  Attempt, KSN
//	pin         cardholder enters the PIN                 Attempt, KSN
//	authorise   application builds the host messages      Attempt, KSN
//	host        request may have left                     Intent
//	finish      card completes                            Answer
//	resolving   reversal runs until the host confirms it  Reversing
//	done                                                  Done
//
// After a restart the last durable record decides (Recover): before Intent
// nothing was sent and nothing is charged; from Intent on the payment is
// reversed unless Done says that it completed. Only an approval by the host and
// the card's own completion (TC) make a payment approved.
//
// The kernel and the simulation import it. It has no type that can hold account
// data; envelopes and host messages pass through it as ciphertext.
//
// What a card did with its issuer's scripts goes to the host in an advice of its
// own, whatever became of the payment. It is durable, comes behind reversals and
// never beside a payment, and no money depends on it.
package transaction
