package mailbox

import "github.com/strongroom-pos/strongroom/secureworld/payment"

// Kinds of settlement.
const (
	KindSettle     byte = 0x0c
	KindBatch      byte = 0x0d
	KindDifference byte = 0x0e
	KindSettling   byte = 0x8c
	KindBatchView  byte = 0x8d
	KindDifferent  byte = 0x8e
)

// Settle asks that the batch be closed. It is answered at once; Batch tells how it
// goes on. A batch that is closed is not closed again.
type Settle struct{ Batch payment.Batch }

// Batch asks how a batch stands; 0 is the one that is open.
type Batch struct{ Batch payment.Batch }

// Difference asks for one difference of a batch, counted from 0.
type Difference struct {
	Batch payment.Batch
	Index uint32
}

// BatchState is where a batch stands.
type BatchState uint8

// States of a batch.
const (
	BatchOpen    BatchState = iota
	BatchWaiting            // to be closed when what is pending is settled
	BatchClosing            // the host is asked
	BatchClosed             // both sides have the same totals
	BatchDiffers            // closed, and the differences are named
	batchStateEnd
)

// Valid reports whether s is a known state.
func (s BatchState) Valid() bool { return s < batchStateEnd }

// String names the state.
func (s BatchState) String() string {
	return [...]string{"open", "waiting", "closing", "closed", "differs", "unknown"}[min(s, batchStateEnd)]
}

// Totals are the sums of one side (ISO 8583:1987, DE 74 to 77, 86 to 89 and 97). A
// reversed one is not among the first; the net is sales less refunds.
type Totals struct {
	Sales         uint32 // sales, captures and offline approvals
	SalesAmount   payment.Amount
	Refunds       uint32
	RefundsAmount payment.Amount
	Voided        uint32 // sales and captures taken back
	VoidedAmount  payment.Amount
	Returned      uint32 // refunds taken back
	ReturnedSum   payment.Amount
}

// BatchView is a batch as the app world may know it.
type BatchView struct {
	Batch       payment.Batch
	State       BatchState
	Pending     uint32 // reversals and advices that it waits for
	Ours        Totals
	Theirs      Totals // zeros until the host has answered
	Answered    bool   // it has
	Differences uint32
	Attempts    uint32        // of asking the host
	Closed      payment.Count // Unix seconds; 0: it is not
}

// DifferenceKind is what differs.
type DifferenceKind uint8

// Kinds of difference.
const (
	DifferenceNone    DifferenceKind = iota
	DifferenceMissing                // the host does not know it
	DifferenceUnknown                // the host has it, and we do not
	DifferenceAmount                 // both have it, with different amounts
	differenceKindEnd
)

// Valid reports whether k is a known kind.
func (k DifferenceKind) Valid() bool { return k < differenceKindEnd }

// String names the kind.
func (k DifferenceKind) String() string {
	return [...]string{"", "missing_at_host", "unknown_here", "amount", "unknown"}[min(k, differenceKindEnd)]
}

// Different answers Difference. Present is false behind the last.
type Different struct {
	Present bool
	Kind    DifferenceKind
	Type    payment.Type // sale, capture or refund
	ID      payment.ID   // zero where it is unknown here
	RRN     payment.RRN
	Ours    payment.Amount
	Theirs  payment.Amount
}

// Settle asks that a batch be closed.
func (c *Client) Settle(b payment.Batch) (BatchView, error) {
	return call[BatchView](c, KindSettle, Settle{Batch: b})
}

// Batch asks how a batch stands.
func (c *Client) Batch(b payment.Batch) (BatchView, error) {
	return call[BatchView](c, KindBatch, Batch{Batch: b})
}

// Difference asks for one difference of a batch.
func (c *Client) Difference(b payment.Batch, index uint32) (Different, error) {
	return call[Different](c, KindDifference, Difference{Batch: b, Index: index})
}

func batchMessages() []any {
	return []any{Settle{}, Batch{}, Difference{}, BatchView{}, Different{}}
}
