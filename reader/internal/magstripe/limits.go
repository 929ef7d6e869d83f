package magstripe

import "time"

const (
	// maxTrack1 and maxTrack2 are ISO/IEC 7811-2's, with start sentinel, end
	// sentinel and LRC.
	maxTrack1 = 79
	maxTrack2 = 40

	// maxSwipe is both tracks, each with its LRC: a head that sends more has
	// sent two swipes or none.
	maxSwipe = maxTrack1 + maxTrack2

	// minPAN is the shortest of the EMV brands (ISO/IEC 7812-1 allows 8), and
	// maxPAN what ISO/IEC 7813 has room for.
	minPAN = 12
	maxPAN = 19

	// minName and maxName bound the name of track 1 (ISO/IEC 7813).
	minName = 2
	maxName = 26

	// swipeWithin is first byte to last. A head sends the whole swipe at once:
	// 121 characters take 130 ms at 9600 baud, and a keyboard wedge types them
	// in less than a second.
	swipeWithin = 2 * time.Second
)
