package provisioning

// Device is the configuration of a reader or of a PIN pad, in its own directory
// (mode 0700) as device.json. Relative paths are below that directory.
type Device struct {
	DeviceID   string `json:"device_id"`   // 16 hex digits; common name of the certificate
	Connect    string `json:"connect"`     // unix:/path or tcp:host:port of the secure world's door
	ServerName string `json:"server_name"` // name in the secure world's certificate
	Cert       string `json:"cert"`        // PEM file
	Key        string `json:"key"`         // PKCS #8 PEM file
	CA         string `json:"ca"`          // PEM file: who certifies the secure world
	Supplier   string `json:"supplier"`    // file of 32 raw bytes: opens Keys, then deleted
	State      string `json:"state"`       // file where the device keeps its own keys
	Keys       []Key  `json:"keys"`

	// PIN pad only: file of 32 raw bytes, the key block protection key that it
	// shares with the acquirer and that the secure world never sees.
	AcquirerKBPK string `json:"acquirer_kbpk,omitempty"`
	// PIN pad only: loopback address of its page, a stand-in for hardware.
	Page string `json:"page,omitempty"`
}

// Names of the devices' keys.
const (
	KeyDeviceInitial = "initial" // B1, AES-256: DUKPT initial key of the reader
	KeyDeviceOrder   = "order"   // M6, AES-256: CMAC over orders
	KeyDevicePAN     = "pan"     // D0, AES-256: PIN pad only
)
