package handover

import "github.com/strongroom-pos/strongroom/secureworld/internal/fingerprint"

const (
	// maxPacket is the longest message (connected: 40 bytes, application: 89).
	maxPacket = 128
	// maxDescriptors received at once; one is permitted, the rest are closed.
	maxDescriptors = 8
	// maxApplications is what image.Verify passes.
	maxApplications = 8
	// maxRemoved is how many names boot keeps.
	maxRemoved = 64
	// maxParts of a device: each comes once.
	maxParts = int(fingerprint.Count)
	// MaxConfig bounds the provisioning configuration.
	MaxConfig = 64 << 10
	// maxLicence is what package certificate takes.
	maxLicence = 64 << 10
	// maxParameters is what package certificate takes.
	maxParameters = 64 << 10
	// MaxGuard is the longest passphrase, 256 bytes, and a line feed.
	MaxGuard = 257
	// maxGuards are the one in force and the one before.
	maxGuards = 2
	// MaxQuote is what package attestation takes.
	MaxQuote = 1536
	// maxDelivery is what package remoteload takes: a revocation list and a token.
	maxDelivery = 24 << 10
	// maxModule is what tahost takes.
	maxModule = 32 << 20
	// MaxCompiled bounds the machine code of all applications: 28 MB for the two of the
	// demo lane.
	MaxCompiled = 64 << 20
	// maxWaiting connections per door; more are closed, as a full backlog is.
	maxWaiting = 16
	// maxDials under way; the kernel has one host.
	maxDials = 4
)
