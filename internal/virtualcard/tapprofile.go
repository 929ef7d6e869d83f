package virtualcard

// A Tap is what an application does without contacts. Kernels 2 and 4 read
// records and ask for a cryptogram, 3 and 6 have it from GET PROCESSING OPTIONS.
type Tap struct {
	Kernel       byte          `json:"kernel,omitempty"`    // 2, 3, 4 or 6; default by the AID
	KernelID     bool          `json:"kernel_id,omitempty"` // 9F2A in the directory entry
	CVN          string        `json:"cvn,omitempty"`       // default the profile's
	ODA          string        `json:"oda,omitempty"`       // cda (kernels 2 and 4), fdda (3 and 6)
	Certificates *Certificates `json:"certificates,omitempty"`

	MagStripe  bool `json:"magstripe,omitempty"` // mag-stripe mode or MSD only
	CDCVM      bool `json:"cdcvm,omitempty"`     // verified on the holder's own device
	OnlinePIN  bool `json:"online_pin,omitempty"`
	Signature  bool `json:"signature,omitempty"`
	CTQ        Hex  `json:"ctq,omitempty"`         // 9F6C, 2 bytes, whatever the reader says
	FormFactor Hex  `json:"form_factor,omitempty"` // 9F6E, 4 bytes

	Approves bool `json:"approves,omitempty"` // TC where the reader allows it
	Declines bool `json:"declines,omitempty"`
	Refuses  Hex  `json:"refuses,omitempty"` // status word of GET PROCESSING OPTIONS: 6985 other interface, 6986 see phone

	Recovers bool   `json:"recovers,omitempty"` // DRDOL and RECOVER AC (kernel 2)
	Relay    *Relay `json:"relay,omitempty"`    // relay resistance (kernel 2)
}

// Relay is what a card says of its own speed, in units of 100 microseconds.
type Relay struct {
	Min      uint16 `json:"min"`
	Max      uint16 `json:"max"`
	Transmit uint16 `json:"transmit"` // estimated for the answer's way
}
