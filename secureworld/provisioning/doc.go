// Package provisioning holds the files that a lane is provisioned with: what
// `strongroom` writes and what the kernel, the reader and the PIN pad read at
// their first start.
//
// Nothing here opens a key: keys are ANSI X9.143 version D key blocks, each for
// one usage, under the supplier key of the device that they are meant for. A
// supplier key lies beside the configuration as a file of 32 raw bytes until the
// device has taken its keys over into its own storage, and is deleted then.
//
// The operator's command and the three programs import it.
package provisioning
