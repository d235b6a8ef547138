package demo

func positives(config *tls.Config) {
	// ruleid: tls-verify-off
	first := &tls.Config{InsecureSkipVerify: true}
	second := &tls.Config{
		MinVersion: tls.VersionTLS12,
		// ruleid: tls-verify-off
		InsecureSkipVerify: true, // for now
	}
	// ruleid: tls-verify-off
	config.InsecureSkipVerify = true
	// ruleid: tls-verify-off
	third := ssh.ClientConfig{HostKeyCallback: ssh.InsecureIgnoreHostKey()}
	use(first, second, third)
}

func negatives(config *tls.Config, options Options) {
	// ok: tls-verify-off
	first := &tls.Config{InsecureSkipVerify: false}
	// ok: tls-verify-off
	second := &tls.Config{InsecureSkipVerify: options.Insecure}
	third := &tls.Config{
		// ok: tls-verify-off
		InsecureSkipVerify: true,
		VerifyConnection:   options.verify,
	}
	// ok: tls-verify-off
	config.RootCAs = options.Pool
	// InsecureSkipVerify: true
	// ok: tls-verify-off
	use(first, second, third, "InsecureSkipVerify: true")
}
