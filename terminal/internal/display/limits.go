package display

import "github.com/strongroom-pos/strongroom/secureworld/payment"

// Limits of what a till may show.
const (
	// MaxBody holds the longest cart, with every name escaped, and a half more.
	MaxBody = 32 << 10
	// maxLines is more than a tablet shows without scrolling.
	maxLines = 50
	// maxName fits an article's name on one line, in bytes.
	maxName = 64
	// maxQuantity is more than a customer carries.
	maxQuantity = 9999
	// maxAmount of a line, and of the total, is that of a payment.
	maxAmount = int64(payment.MaxAmount)
)
