// Package services proves the cryptographic services of the secure world through
// the product itself: this program is licensed as the app world, and speaks through
// the mailbox with a real kernel under a real boot.
//
// It holds tests only.
package services
