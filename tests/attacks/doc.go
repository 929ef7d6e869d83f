// Package attacks plays the app world, other users and root of one machine against
// the real secure world: its programs as built, started by boot, each as a user of
// its own. Every attack has a control beside it that shows that the attack would
// succeed, or be seen, where nothing protects. README.md lists all attacks on the
// product, wherever their tests stand, and a test holds that list to them.
//
// It holds tests only.
package attacks
