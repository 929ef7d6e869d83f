// Package overseer carries the questions of clients to the members of one group of
// secure elements, compares what they say, and releases an answer only when enough of
// them say the same. It drives the members' agreement on their secret, suspects,
// quarantines and re-admits them, and keeps every disagreement as evidence that others
// can verify.
//
// An element is healthy, suspect, quarantined or on probation (type Health); Step says
// what leads from one to the other. Who is quarantined is left out of the group by a
// new epoch; until that one is agreed on, its answers count for nothing in the old one.
// Silence is no lie: a slow or dead element is left alone by a circuit breaker, and
// taken back by a new epoch when it returns without its secret. The members are asked
// how they are every few seconds, whether clients ask anything or not.
//
// In an agreement nobody is believed alone. The overseer checks signatures itself; what
// all have seen alike convicts the accused if more accuse than may lie, and else the
// accusers; of two that only accuse each other one is left aside for a while, and who
// stands against more members than may lie is out. Two in mode dual that sign different
// answers stop, until the operator arbitrates.
//
// Every member is asked for the whole answer and not for its SIV alone: answers are
// short, so whoever agrees has the body in hand, and a right SIV over a wrong body is
// seen as well. In single mode, the one who answers changes with each request.
//
// The MCU's program and the bus import it. It must never hold a key, open a question or
// an answer, or link a package that does: a test holds its import closure.
//
// BUG(overseer): accusations are not signed, so an agreement that failed is on file as
// this overseer was told it, and proves nothing to others. A liar that accuses one
// member alone, of what that one sent it, has one of the two left aside for ten minutes.
package overseer
