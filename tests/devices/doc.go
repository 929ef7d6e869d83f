// Package devices proves that elements whose keys are in devices are members of a
// group like any other: the Go make, a smart card behind PC/SC and a PKCS#11 token
// answer as one, as processes, with a virtual card and SoftHSM2.
package devices
