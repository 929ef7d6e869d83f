// Package scan looks for known secrets where they must not be: in the memory of
// a running process, in files, in captured traffic. It is the last step of the
// scope proof (unseen): a full run is made with canaries, that is account
// numbers, PINs and keys that were made for this run alone, and every surface
// of the app world is swept for them in every form in which programs are known
// to hold them.
//
// The forms of an account number follow the places where they occur: ASCII and
// EBCDIC text and packed BCD as in ISO 8583 and EMV data (ISO/IEC 7816-6), the
// ISO 9564-1 format 4 clear PIN field, and what ordinary software makes of them:
// UTF-16, UTF-32, hexadecimal, base64, integers, unkeyed hashes.
//
// A report of an absence proves nothing by itself. Whoever uses this package
// must sweep a control that holds the canary too, and see it found.
//
// Imported by tests and by the operator's command. No program of the lane may
// import it. It must never print a canary, nor keep one longer than the
// [Matcher] lives: a hit names the canary by the id its owner gave it.
//
// BUG(scan): a secret that is compressed, encrypted, split into pieces, or held
// only in processor registers is not found. Members of gzip and zip files are
// not opened.
package scan

// Kind is what a canary stands for.
type Kind uint8

// The kinds of canaries.
const (
	KindPAN Kind = iota + 1
	KindTrack2
	KindPIN
	KindKey
)

// String returns the word that reports use.
func (k Kind) String() string {
	switch k {
	case KindPAN:
		return "pan"
	case KindTrack2:
		return "track2"
	case KindPIN:
		return "pin"
	case KindKey:
		return "key"
	}
	return "unknown"
}

// Match is one place where a canary was found. It holds nothing of the canary.
type Match struct {
	ID       string // the canary's name, as given to Needles
	Kind     Kind   // what the canary stands for
	Encoding string // the form in which it was found, such as "bcd, odd half"
	Offset   int64  // bytes from the start of what was searched
}

// Hit is a match with the place that was searched.
type Hit struct {
	Match
	Where string // file path below the root, or mapping of a process
}

// Result tells what a sweep covered and what it found.
type Result struct {
	Bytes      int64 // bytes that were searched
	Regions    int   // memory mappings, or files, of which at least a byte was searched
	Unreadable int64 // bytes that exist but could not be read, such as secret memory
	Refused    int   // mappings, or files, of which nothing could be read
	Hits       []Hit // at most maxHits, in the order found
	Dropped    int   // hits past maxHits
}

// add keeps a hit while there is room.
func (r *Result) add(where string, m Match) {
	if len(r.Hits) >= maxHits {
		r.Dropped++
		return
	}
	r.Hits = append(r.Hits, Hit{Match: m, Where: where})
}

// Found returns how many places hold a canary, whether or not they were kept.
func (r *Result) Found() int { return len(r.Hits) + r.Dropped }
