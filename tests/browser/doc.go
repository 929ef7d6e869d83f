// Package browser sells from the merchant's page over the real programs, in a
// real Chromium: the page, the PIN pad's page, the card tray's and cards behind
// PC/SC are used as people use them.
package browser
