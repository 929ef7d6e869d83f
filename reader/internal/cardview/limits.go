package cardview

const (
	// maxExchanges bounds what a hostile card can have us write down; an honest
	// card with five applications takes about 100.
	maxExchanges = 512

	// maxApplications bounds what Read looks into.
	maxApplications = 16

	// maxDirectory bounds the records of a payment system directory.
	maxDirectory = 10

	// maxRecords bounds the records of one application.
	maxRecords = 64

	// minNumber is the shortest run of digits that is taken for an account
	// number; shorter ones would hide half the card.
	minNumber = 8
)
