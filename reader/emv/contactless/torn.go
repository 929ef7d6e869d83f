package contactless

// A TornLog keeps what kernel 2 needs to recover a transaction that a card left
// (Book C-2): at most its depth, and none older than its lifetime. It holds
// account data and is wiped with Wipe. It serves one goroutine.
type TornLog struct {
	depth    int
	lifetime uint16 // seconds
	entries  []TornEntry
}

// A TornEntry is one torn transaction. The kernel owns the meaning of Data.
type TornEntry struct {
	PAN      []byte // 5A, packed
	PSN      byte
	HasPSN   bool
	Seconds  uint32 // of the day and date as the kernel counts them
	Elements []byte // the kernel's own canonical form
}
