// Package contactless is what Entry Point and the contactless kernels say to
// each other (EMV Contactless Book A, clause 6; Book B, clause 3): Entry Point
// selects a combination of application and kernel and activates the kernel; the
// kernel ends with an Outcome whose parameters say what follows.
//
//	entrypoint ── Activation ─▶ kernel2, kernel3, …
//	           ◀── Outcome ────
//
// Whoever runs a transaction imports it, and so do Entry Point and the kernels.
// It does no input or output. Activation holds the FCI of the application, which
// has no account data by the standard but may by a hostile card: it is never
// logged.
package contactless
