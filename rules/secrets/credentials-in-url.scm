; A user and a password in an address of a host on the network.
((string) @match
  (#match? @match "\\b(postgres(ql)?|mysql|mariadb|mongodb|redis|rediss|amqps?|https?|ftps?|sftp|mssql|oracle|smtps?|ldaps?|clickhouse|kafka)(\\+\\w+)?://[^\\s:/@\"'{}$<>%()]+:[^\\s@/\"'{}$<>%()*]{4,}@([A-Za-z0-9-]+\\.)+[a-zA-Z]{2,}")
  (#not-match? @match "(?i):(password|passwd|passw0rd|pass|secret|changeme|example|user(name)?|test\\w*|postgres|root|guest|admin|token|pwd|my\\w*|your\\w*|x+|foo|bar|baz|hunter2|p@ss\\w*|pw|dummy|fake|redacted|abc\\w*|1234\\w*|qwerty|letmein|[a-z]|p)@|@([\\w-]+\\.)*(example|test|local|localhost|invalid|internal|localdomain|foo|bar)(\\.|:|/|\"|'|$)|@(your|my|host|server|some|proxy)[\\w-]*\\."))
