package call

// Numbers of the host functions.
const (
	FnGenerate uint32 = 64 + iota
	FnImport
	FnFind
	FnDescribe
	FnList
	FnDelete
	FnCertificate
	FnSeal
	FnOpen
	FnSign
	FnVerify
	FnMAC
	FnVerifyMAC
	FnDecrypt
	FnAgree
	FnDerive
	FnEncapsulate
	FnDecapsulate
	FnVerifyWith
	FnEncryptWith
	FnPutCertificate
	FnGetCertificate
	FnDeleteCertificate
	FnPutData
	FnGetData
	FnDeleteData
	FnRandom
	FnHash
	FnReport
	FnEnd // behind the last
)

// Parts is how many parts a request of this function has; -1 for none of ours.
func Parts(fn uint32) int {
	parts := [...]int{1, 2, 1, 0, 0, 0, 0, 2, 2, 1, 2, 1, 2, 2, 3, 2, 3, 3, 3, 3, 2, 1, 1, 2, 1, 1, 0, 1, 0}
	if fn < FnGenerate || fn >= FnEnd {
		return -1
	}
	return parts[fn-FnGenerate]
}
