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
// taken back by a new epoch when it returns without its secret.
//
// Every member is asked for the whole answer and not for its SIV alone: answers are
// short, so whoever agrees has the body in hand, and a right SIV over a wrong body is
// seen as well. In single mode, the one who answers changes with each request.
//
// The MCU's program and the bus import it. It must never hold a key, open a question or
// an answer, or link a package that does: a test holds its import closure.
//
// BUG(overseer): who accuses another in an agreement is believed at first; a liar can so
// have an honest member left out, which an operator re-admits. Nothing wrong is released
// by that.
package overseer
