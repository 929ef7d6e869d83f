// Package kernel3 is the contactless kernel for Visa cards, qVSDC (EMV
// Contactless Book C-3): a step machine from the answer to the final SELECT to
// an outcome. Entry Point activates it; it works as emv.Transaction does and
// does no input or output.
//
//	activation ─▶ GET PROCESSING OPTIONS (with the cryptogram) ─▶ READ RECORD …
//	   ─▶ mandatory data ─▶ cryptogram type ─▶ restrictions ─▶ fDDA or SDA
//	   ─▶ CVM by 9F6C against 9F66 ─▶ online request, approved, declined, …
//
// There is no second GENERATE AC: the card is gone when the host answers.
// Amount, date, type and unpredictable number come from the order and never from
// the card, and no data object list is filled from the card.
//
// Policy, where the book leaves a choice or this reader takes less than it
// allows:
//
//   - Without Config.OfflineApproval every card is told that an online cryptogram
//     is required, whatever Entry Point found; a TC that comes nevertheless goes
//     online (clause 5.4.3), where nothing is approved without the host.
//   - Magnetic stripe data are neither announced nor taken without Config.MSD.
//   - Issuer update processing is not announced. A restart with the host's answer
//     ends with the host's decision, and what the issuer sent for the card is
//     dropped, which Report says.
//   - fDDA version 00, which signs the unpredictable number alone, is a failure
//     without Config.FDDAVersion00.
//   - An offline-only reader declines where the book would go online.
//   - TVR stays zeros, whatever data authentication found: it is what the card
//     was told, and so what the host recomputes its cryptogram over.
//
// The reader imports it. Account data lie in buffers that never move and that
// Wipe clears; they leave by AccountTLV only, for sealing. It must never hold a
// PIN or a private key.
//
// BUG(limits): dynamic reader limits by application program id (9F5A) are not
// applied; the indicators are those of the combination.
package kernel3
