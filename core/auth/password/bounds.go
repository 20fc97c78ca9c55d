package password

const (
	// maxMemory is how many bytes one verification may take: 64 MiB. It is the Argon2 setting that RFC 9106, section 4,
	// recommends where memory is scarce, the default of PHP and argon2-cffi, more than OWASP's strongest (46 MiB), and
	// four times what Firebase uses. A Lambda of 256 MiB, the smallest that the template suggests, bears it beside the
	// program and the garbage of the verification before. GoTrue allows 1 GiB.
	maxMemory = 64 << 20

	// maxPasses and maxLanes bound Argon2's t and p, and maxLanes also scrypt's p, which only costs time. GoTrue's bounds
	// for Argon2 are the same; for scrypt it has none.
	maxPasses = 20
	maxLanes  = 16

	// maxCost is the highest bcrypt cost that is verified. Each step doubles the time: 16 takes three to four seconds of
	// a whole processor, and 18 would outlive the ten seconds that a request has (GOTRUE_API_MAX_REQUEST_DURATION).
	// Nothing can interrupt bcrypt, and a hash of cost 31 keeps a processor busy for a day.
	maxCost = 16

	// maxHashLength is what auth.users.encrypted_password can hold (varchar(255)), in bytes.
	maxHashLength = 255
)
