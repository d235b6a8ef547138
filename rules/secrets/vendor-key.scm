; A key whose issuer gave it a shape of its own, as a whole word of a text.
((string) @match
  (#match? @match "(^|[^A-Za-z0-9_-])(AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}|glpat-[A-Za-z0-9_-]{20}|sk-ant-[a-z0-9]+-[A-Za-z0-9_-]{40,}|sk-(proj|svcacct|admin)-[A-Za-z0-9_-]{40,}|sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|sk-or-v1-[0-9a-f]{64}|xox[abprs]-[0-9]{8,}-[A-Za-z0-9-]{16,}|xapp-1-[A-Z0-9]+-[0-9]+-[a-f0-9]{32,}|AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{28}|[sr]k_live_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{36}|hf_[A-Za-z]{34}|pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{40,}|SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}|dop_v1_[a-f0-9]{64}|shpat_[a-f0-9]{32}|[0-9]{8,10}:AA[A-Za-z0-9_-]{33})([^A-Za-z0-9]|$)")
  (#not-match? @match "(?i)example|x{5}|0{6}|123456|abcdef|placeholder|your|dummy|fake|redacted|\\.{3}|[*]{3}|(.)\\1{5}"))

; A private key with its body.
((string) @match
  (#match? @match "-----BEGIN ([A-Z]+ )*PRIVATE KEY-----(\\\\r)?(\\\\n|\\s)*[A-Za-z0-9+/]{40}")
  (#not-match? @match "(?i)example|x{5}|placeholder|your|dummy|fake|redacted"))
