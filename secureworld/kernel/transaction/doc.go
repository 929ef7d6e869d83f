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
//	confirm     a person confirms a refund               Attempt
//	card        reader takes the card                    Attempt
//	pan         application seals the PAN to the PIN pad  Attempt, KSN
//	pin         cardholder enters the PIN                 Attempt, KSN
//	authorise   application builds the host messages      Attempt, KSN
//	alone       the card decides, the host is away        Attempt, KSN
//	sealing     application builds the advice of that     Attempt, KSN
//	host        request may have left                     Intent
//	finish      card completes                            Answer
//	telling     in the outbox, until the host answers     Intent
//	resolving   reversal runs until the host confirms it  Reversing
//	done                                                  Done
//
// After a restart the last durable record decides (Recover): before Intent
// nothing was sent and nothing is charged; from Intent on the payment is
// reversed unless Done says that it completed. Only an approval by the host and
// the card's own completion (TC) make a payment approved.
//
// # A payment's life
//
// What continues a payment is a payment of its own, that names the other. Refunds and
// increments ask the host and are reversed like a sale; captures and voids are told to
// him until he answers, from an outbox whose messages are durable, strictly in order,
// behind reversals and payments, hindering neither. What is under way counts as done
// (promises), so that nothing is given, taken or released twice. The other's view
// changes with the end of the follow-up, under a version above FinalVersion, published
// before that end.
//
// A refund that no payment is named for has limits in the signed parameters, and a
// person confirms it at the PIN pad before any card is asked for.
//
// A contact chip may approve by itself while the host is away, within signed limits. The
// advice is durable before anybody hears of it. Its payment stays Offline until the host
// has taken it; where he refuses, it stays approved and Offline, with no money, for
// people to see to.
//
// # Settlement
//
// Closing a batch waits for payments, reversals and the outbox. Its 0500 is durable
// before it leaves, and the same until it is answered; meanwhile nothing new begins. A
// host that differs is asked for his items, and each difference is named. A host that
// refuses has the batch open again. Totals and items are made of the journal's records
// anew at each start. What was never complete, and was reversed, counts nowhere.
//
// The kernel and the simulation import it. It has no type that can hold account
// data; envelopes and host messages pass through it as ciphertext.
//
// What a card did with its issuer's scripts goes to the host in an advice of its
// own, whatever became of the payment. It is durable, comes behind reversals and
// never beside a payment, and no money depends on it.
package transaction
