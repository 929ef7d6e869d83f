// Package kernel2 is EMV contactless kernel 2 (Book C-2: Mastercard, M/Chip and
// mag-stripe mode) as a step machine. It does no input or output and knows no
// clock and no random source; each state is one function.
//
//	activation ─▶ GET PROCESSING OPTIONS ─▶ [EXCHANGE RELAY RESISTANCE DATA …]
//	   ─▶ READ RECORD … ─▶ limits, restrictions, CVM, terminal action analysis
//	   ─▶ [RECOVER AC] ─▶ GENERATE AC ─▶ CDA ─▶ outcome
//	GET PROCESSING OPTIONS ─▶ READ RECORD … ─▶ COMPUTE CRYPTOGRAPHIC CHECKSUM
//	   ─▶ outcome with magnetic stripe data
//
// Amount, date, time and unpredictable number come from the secure world in the
// Order; none is changed or drawn here. The entropies for further attempts of
// relay resistance come with the activation too.
//
// Programs that run contactless transactions import it. It must never hold a
// PIN. Account data lie in buffers that never move and that Wipe clears; they
// leave by AccountTLV only, for sealing. HostTLV is an allow-list without them.
//
// Policy: an ARQC is asked for where the book says TC, unless the configuration
// allows offline approval. A refund asks for an AAC and ends with EndApplication,
// its data ready for the host. Mag-stripe mode is off unless configured.
//
// Not built: data exchange and data storage (IDS, SDS), balance reading, PUT
// DATA, messages before the outcome, and hence the commands for them. Cards work
// without any of these.
//
// BUG(stripe): the waiting time after failed checksums (2^n times 300 ms), which
// hampers collecting them, is not kept: the kernel has no clock and no memory
// between transactions.
//
// BUG(relay): without entropies in the activation the exchange is timed once
// instead of three times. Asking again with a number that was on the air before
// would let a relay answer from its memory.
package kernel2
