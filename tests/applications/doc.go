// Package applications proves trusted applications through the product itself: on a
// running lane they are installed, used, updated and removed through the operator's
// door, asked through the mailbox, and attacked, while cards are paid with. This
// program is licensed as an app world beside the lane's own.
//
// It holds tests only.
package applications
