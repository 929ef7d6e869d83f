// Package entrypoint is EMV Contactless Entry Point (Book B, clause 3) with the
// reader's part around it (Book A, clause 8.1): pre-processing, protocol
// activation, selection of a combination of application and kernel, activation
// of the kernel and processing of its outcome.
//
//	Start ─▶ A pre-processing ─▶ B protocol activation ─▶ C selection ─▶ D kernel
//	              ▲                    ▲ try again           ▲ select next    │
//	              └────────────────────┴── restart after an outcome ──────────┘
//
// A Session is a step machine: Next takes what happened and returns one thing to
// do. It does no input or output, knows no clock and draws no number; the
// unpredictable number comes with the order.
//
//	action          answer with
//	(none yet)      Ready or Start
//	ActionFieldOn   Done
//	ActionFieldOff  Done, after the hold time
//	ActionShow      Done
//	ActionAwaitStart Start
//	ActionAwaitCard Card, Collision or CollisionOver
//	ActionTransmit  Response or CardGone
//	ActionKernel    Done
//	ActionFinish    Restart, RemovalDue or End
//	ActionAwaitRestart Restart or End
//	ActionEnd       nothing
//
// The session runs the kernel's steps itself. The active kernel stays reachable
// until the next one starts or Wipe, for the data that leave sealed.
//
// Whoever runs a contactless transaction imports it. It must never hold account
// data of its own: these stay in the kernel. The FCI may hold some if a card is
// hostile; it is never logged, and Wipe clears it.
//
// One point is as the recorded terminals do it rather than by the letter: the
// request to present a card is shown when the reader activates Entry Point,
// before pre-processing and at every start point, and not again when Entry Point
// itself goes back to Start B.
package entrypoint
