package hostspec

// Category is what a cashier may be told of a response code.
type Category uint8

// Categories, in the order of the HTTP interface's names.
const (
	CategoryApproved Category = iota
	CategoryTryAgain
	CategoryOtherCard
	CategoryWrongPIN
	CategoryInsufficientFunds
	CategoryCallIssuer
	CategoryPickup
	CategoryNotSupported
	CategoryDeclined
)

// Response codes that this link's host gives (DE 39).
const (
	ResponseApproved          = "00"
	ResponseCallIssuer        = "01"
	ResponseDeclined          = "05"
	ResponsePartial           = "10" // DE 4 of the answer is what was approved
	ResponseInvalidAmount     = "13"
	ResponseNoCard            = "14"
	ResponseNoOriginal        = "25"
	ResponseFormatError       = "30"
	ResponseInsufficientFunds = "51"
	ResponseExpired           = "54"
	ResponseWrongPIN          = "55"
	ResponseNotPermitted      = "57"
	ResponseSecurity          = "63" // the terminal's evidence was refused, or is missing
	ResponseLimit             = "61" // more than was captured or is held
	ResponseFrequency         = "65" // too often: fallbacks of a day
	ResponsePINTries          = "75"
	ResponseIssuerDown        = "91"
	ResponseDuplicate         = "94"
	ResponseReconcile         = "95" // the totals of a batch differ
	ResponseSystem            = "96"
)

// CategoryOf maps DE 39 of an answer to a request.
func CategoryOf(code string) Category {
	switch code {
	case "00", "10":
		return CategoryApproved
	case "51":
		return CategoryInsufficientFunds
	case "55":
		return CategoryWrongPIN
	case "14", "54", "75":
		return CategoryOtherCard
	case "04", "41", "43":
		return CategoryPickup
	case "01", "02":
		return CategoryCallIssuer
	case "57", "58", "62":
		return CategoryNotSupported
	case "91", "96":
		return CategoryTryAgain
	}
	return CategoryDeclined
}

// SettlesReversal reports whether DE 39 of an answer to a reversal means that
// nothing is booked any more. Anything else means: repeat.
func SettlesReversal(code string) bool {
	return code == ResponseApproved || code == ResponseNoOriginal
}

// SettlesAdvice reports whether DE 39 of an answer to a capture or an offline approval
// ends it, booked or not. Anything else means: repeat.
func SettlesAdvice(code string) bool {
	return code != ResponseIssuerDown && code != ResponseSystem
}
