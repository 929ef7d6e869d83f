package tlv

// A Tag is the bytes of a BER tag read as a big-endian number: 0x9F02.
type Tag uint32

// Data objects, EMV 4.4 Book 3, Annex A1, where nothing else is said.
const (
	Tag42IssuerIdentificationNumber             Tag = 0x42   // issuer identification number, n 6
	Tag4FApplicationIdentifier                  Tag = 0x4F   // application identifier (ADF name) in a directory entry
	Tag50ApplicationLabel                       Tag = 0x50   // application label, ans 1-16
	Tag57Track2EquivalentData                   Tag = 0x57   // track 2 equivalent data: account data
	Tag5APAN                                    Tag = 0x5A   // application primary account number, cn to 19: account data
	Tag5F20CardholderName                       Tag = 0x5F20 // cardholder name: account data
	Tag5F24ApplicationExpirationDate            Tag = 0x5F24 // application expiration date, YYMMDD: account data
	Tag5F25ApplicationEffectiveDate             Tag = 0x5F25 // application effective date, YYMMDD
	Tag5F28IssuerCountryCode                    Tag = 0x5F28 // issuer country code, ISO 3166
	Tag5F2ATransactionCurrencyCode              Tag = 0x5F2A // transaction currency code, ISO 4217
	Tag5F2DLanguagePreference                   Tag = 0x5F2D // language preference
	Tag5F30ServiceCode                          Tag = 0x5F30 // service code, n 3
	Tag5F34PANSequenceNumber                    Tag = 0x5F34 // application PAN sequence number
	Tag5F36TransactionCurrencyExponent          Tag = 0x5F36 // transaction currency exponent
	Tag5F57AccountType                          Tag = 0x5F57 // account type
	Tag61ApplicationTemplate                    Tag = 0x61   // application template
	Tag6FFCITemplate                            Tag = 0x6F   // file control information template
	Tag70RecordTemplate                         Tag = 0x70   // record template
	Tag71IssuerScriptTemplate1                  Tag = 0x71   // issuer scripts before the final GENERATE AC
	Tag72IssuerScriptTemplate2                  Tag = 0x72   // issuer scripts after the final GENERATE AC
	Tag73DirectoryDiscretionaryTemplate         Tag = 0x73   // directory discretionary template
	Tag77ResponseTemplate2                      Tag = 0x77   // response message template format 2
	Tag80ResponseTemplate1                      Tag = 0x80   // response message template format 1
	Tag81AmountAuthorisedBinary                 Tag = 0x81   // amount, authorised, 4 bytes binary
	Tag82ApplicationInterchangeProfile          Tag = 0x82   // application interchange profile
	Tag83CommandTemplate                        Tag = 0x83   // command template
	Tag84DedicatedFileName                      Tag = 0x84   // dedicated file name
	Tag86IssuerScriptCommand                    Tag = 0x86   // issuer script command
	Tag87ApplicationPriorityIndicator           Tag = 0x87   // application priority indicator
	Tag88ShortFileIdentifier                    Tag = 0x88   // short file identifier
	Tag8AAuthorisationResponseCode              Tag = 0x8A   // authorisation response code
	Tag8CCDOL1                                  Tag = 0x8C   // card risk management data object list 1
	Tag8DCDOL2                                  Tag = 0x8D   // card risk management data object list 2
	Tag8ECVMList                                Tag = 0x8E   // cardholder verification method list
	Tag8FCertificationAuthorityIndex            Tag = 0x8F   // certification authority public key index
	Tag90IssuerCertificate                      Tag = 0x90   // issuer public key certificate
	Tag91IssuerAuthenticationData               Tag = 0x91   // issuer authentication data
	Tag92IssuerRemainder                        Tag = 0x92   // issuer public key remainder
	Tag94ApplicationFileLocator                 Tag = 0x94   // application file locator
	Tag95TerminalVerificationResults            Tag = 0x95   // terminal verification results
	Tag98TCHashValue                            Tag = 0x98   // transaction certificate hash value
	Tag9ATransactionDate                        Tag = 0x9A   // transaction date, YYMMDD
	Tag9BTransactionStatusInformation           Tag = 0x9B   // transaction status information
	Tag9CTransactionType                        Tag = 0x9C   // transaction type, first two digits of the processing code
	TagA5FCIProprietaryTemplate                 Tag = 0xA5   // FCI proprietary template
	TagBF0CFCIIssuerDiscretionaryData           Tag = 0xBF0C // FCI issuer discretionary data
	Tag9F01AcquirerIdentifier                   Tag = 0x9F01 // acquirer identifier
	Tag9F02AmountAuthorised                     Tag = 0x9F02 // amount, authorised, n 12
	Tag9F03AmountOther                          Tag = 0x9F03 // amount, other, n 12
	Tag9F04AmountOtherBinary                    Tag = 0x9F04 // amount, other, 4 bytes binary
	Tag9F06ApplicationIdentifierTerminal        Tag = 0x9F06 // application identifier, terminal
	Tag9F07ApplicationUsageControl              Tag = 0x9F07 // application usage control
	Tag9F08ApplicationVersionCard               Tag = 0x9F08 // application version number, card
	Tag9F09ApplicationVersionTerminal           Tag = 0x9F09 // application version number, terminal
	Tag9F0CIssuerIdentificationExtended         Tag = 0x9F0C // issuer identification number extended, n 6 or 8
	Tag9F0DIssuerActionCodeDefault              Tag = 0x9F0D // issuer action code, default
	Tag9F0EIssuerActionCodeDenial               Tag = 0x9F0E // issuer action code, denial
	Tag9F0FIssuerActionCodeOnline               Tag = 0x9F0F // issuer action code, online
	Tag9F10IssuerApplicationData                Tag = 0x9F10 // issuer application data
	Tag9F11IssuerCodeTableIndex                 Tag = 0x9F11 // issuer code table index
	Tag9F12ApplicationPreferredName             Tag = 0x9F12 // application preferred name
	Tag9F13LastOnlineATC                        Tag = 0x9F13 // last online ATC register
	Tag9F14LowerConsecutiveOfflineLimit         Tag = 0x9F14 // lower consecutive offline limit
	Tag9F15MerchantCategoryCode                 Tag = 0x9F15 // merchant category code
	Tag9F16MerchantIdentifier                   Tag = 0x9F16 // merchant identifier
	Tag9F18IssuerScriptIdentifier               Tag = 0x9F18 // issuer script identifier
	Tag9F19TokenRequestorID                     Tag = 0x9F19 // token requestor identifier, n 11
	Tag9F1ATerminalCountryCode                  Tag = 0x9F1A // terminal country code
	Tag9F1BTerminalFloorLimit                   Tag = 0x9F1B // terminal floor limit
	Tag9F1CTerminalIdentification               Tag = 0x9F1C // terminal identification
	Tag9F1EInterfaceDeviceSerialNumber          Tag = 0x9F1E // interface device serial number
	Tag9F1FTrack1DiscretionaryData              Tag = 0x9F1F // track 1 discretionary data: account data
	Tag9F20Track2DiscretionaryData              Tag = 0x9F20 // track 2 discretionary data: account data
	Tag9F21TransactionTime                      Tag = 0x9F21 // transaction time, HHMMSS
	Tag9F23UpperConsecutiveOfflineLimit         Tag = 0x9F23 // upper consecutive offline limit
	Tag9F25LastDigitsOfPAN                      Tag = 0x9F25 // last 4 digits of the PAN: account data
	Tag9F26ApplicationCryptogram                Tag = 0x9F26 // application cryptogram
	Tag9F27CryptogramInformationData            Tag = 0x9F27 // cryptogram information data
	Tag9F2DPINCertificate                       Tag = 0x9F2D // ICC PIN encipherment public key certificate
	Tag9F2EPINExponent                          Tag = 0x9F2E // ICC PIN encipherment public key exponent
	Tag9F2FPINRemainder                         Tag = 0x9F2F // ICC PIN encipherment public key remainder
	Tag9F32IssuerExponent                       Tag = 0x9F32 // issuer public key exponent
	Tag9F33TerminalCapabilities                 Tag = 0x9F33 // terminal capabilities
	Tag9F34CVMResults                           Tag = 0x9F34 // cardholder verification method results
	Tag9F35TerminalType                         Tag = 0x9F35 // terminal type
	Tag9F36ApplicationTransactionCounter        Tag = 0x9F36 // application transaction counter
	Tag9F37UnpredictableNumber                  Tag = 0x9F37 // unpredictable number
	Tag9F38PDOL                                 Tag = 0x9F38 // processing options data object list
	Tag9F39POSEntryMode                         Tag = 0x9F39 // point-of-service entry mode
	Tag9F3BApplicationReferenceCurrency         Tag = 0x9F3B // application reference currency
	Tag9F3CTransactionReferenceCurrencyCode     Tag = 0x9F3C // transaction reference currency code
	Tag9F3DTransactionReferenceCurrencyExponent Tag = 0x9F3D // transaction reference currency exponent
	Tag9F40AdditionalTerminalCapabilities       Tag = 0x9F40 // additional terminal capabilities
	Tag9F41TransactionSequenceCounter           Tag = 0x9F41 // transaction sequence counter
	Tag9F42ApplicationCurrencyCode              Tag = 0x9F42 // application currency code
	Tag9F43ApplicationReferenceCurrencyExponent Tag = 0x9F43 // application reference currency exponent
	Tag9F44ApplicationCurrencyExponent          Tag = 0x9F44 // application currency exponent
	Tag9F46ICCCertificate                       Tag = 0x9F46 // ICC public key certificate
	Tag9F47ICCExponent                          Tag = 0x9F47 // ICC public key exponent
	Tag9F48ICCRemainder                         Tag = 0x9F48 // ICC public key remainder
	Tag9F4ASDATagList                           Tag = 0x9F4A // static data authentication tag list
	Tag9F4BSignedDynamicApplicationData         Tag = 0x9F4B // signed dynamic application data
	Tag9F4EMerchantNameAndLocation              Tag = 0x9F4E // merchant name and location
	Tag9F53TransactionCategoryCode              Tag = 0x9F53 // transaction category code (Mastercard)
	Tag9F5BIssuerScriptResults                  Tag = 0x9F5B // issuer script results
	Tag9F6AUnpredictableNumberNumeric           Tag = 0x9F6A // unpredictable number, numeric, n 8 (Book C-2)
)

// Format says how a value is cut and padded in a data object list.
type Format byte

// Formats, EMV 4.4 Book 3, clause 4.3.
const (
	FormatOther             Format = iota // binary and text: cut and padded on the right, with 00
	FormatNumeric                         // n: cut and padded on the left, with 00
	FormatCompressedNumeric               // cn: cut and padded on the right, with FF
)

// Constructed reports whether the tag's value is itself a list of elements.
func (t Tag) Constructed() bool {
	first := t
	for first > 0xFF {
		first >>= 8
	}
	return first&0x20 != 0
}

// Format is the format that EMV 4.4 Book 3, Annex A1 gives for the tag, and
// FormatOther for every tag that is not listed here. 9F6A is of Book C-2.
func (t Tag) Format() Format {
	switch t {
	case Tag5APAN,
		Tag9F20Track2DiscretionaryData:
		return FormatCompressedNumeric
	case Tag42IssuerIdentificationNumber,
		Tag5F24ApplicationExpirationDate,
		Tag5F25ApplicationEffectiveDate,
		Tag5F28IssuerCountryCode,
		Tag5F2ATransactionCurrencyCode,
		Tag5F30ServiceCode,
		Tag5F34PANSequenceNumber,
		Tag5F36TransactionCurrencyExponent,
		Tag5F57AccountType,
		Tag9ATransactionDate,
		Tag9CTransactionType,
		Tag9F01AcquirerIdentifier,
		Tag9F02AmountAuthorised,
		Tag9F03AmountOther,
		Tag9F0CIssuerIdentificationExtended,
		Tag9F11IssuerCodeTableIndex,
		Tag9F15MerchantCategoryCode,
		Tag9F19TokenRequestorID,
		Tag9F1ATerminalCountryCode,
		Tag9F21TransactionTime,
		Tag9F25LastDigitsOfPAN,
		Tag9F35TerminalType,
		Tag9F39POSEntryMode,
		Tag9F3BApplicationReferenceCurrency,
		Tag9F3CTransactionReferenceCurrencyCode,
		Tag9F3DTransactionReferenceCurrencyExponent,
		Tag9F41TransactionSequenceCounter,
		Tag9F42ApplicationCurrencyCode,
		Tag9F43ApplicationReferenceCurrencyExponent,
		Tag9F44ApplicationCurrencyExponent,
		Tag9F6AUnpredictableNumberNumeric:
		return FormatNumeric
	default:
		return FormatOther
	}
}
