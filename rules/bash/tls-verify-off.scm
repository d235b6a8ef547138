((command
  argument: (word) @flag) @match
  (#match? @match "^(\\w+=\\S*\\s+)*(sudo\\s+(-\\S+\\s+)*)?(\\S*/)?curl\\s")
  (#match? @flag "^(--insecure|--proxy-insecure|-[#0-9afgGijklLnNOqRsSvZ]*k[a-zA-Z#]*)$")
  (#not-match? @match "(localhost|127\\.0\\.0\\.\\d+|\\[::1\\]|0\\.0\\.0\\.0)"))
((command
  argument: (word) @flag) @match
  (#match? @match "^(\\w+=\\S*\\s+)*(sudo\\s+(-\\S+\\s+)*)?(\\S*/)?wget\\s")
  (#eq? @flag "--no-check-certificate")
  (#not-match? @match "(localhost|127\\.0\\.0\\.\\d+|\\[::1\\])"))
((command
  argument: (word) @flag) @match
  (#match? @match "\\bpip[0-9.]*\\s(.*\\s)?(install|download)\\s")
  (#match? @flag "^--trusted-host(=|$)")
  (#not-match? @match "--trusted-host[= ](localhost|127\\.)"))
((command
  argument: [(word) (string) (raw_string)] @option) @match
  (#match? @match "^(\\S*/)?(git|npm|yarn|pnpm)\\s")
  (#match? @match "\\s[\"']?(http\\.(\\S*\\.)?sslVerify[= ](false|0)|strict-ssl[= ]false)")
  (#match? @option "^[\"']?(http\\.(\\S*\\.)?sslVerify|(--)?strict-ssl)(=(false|0))?[\"']?$"))
((variable_assignment
  name: (variable_name) @name
  value: (_) @value) @match
  (#any-of? @name "NODE_TLS_REJECT_UNAUTHORIZED" "PYTHONHTTPSVERIFY")
  (#match? @value "^[\"']?0[\"']?$"))
((variable_assignment
  name: (variable_name) @name
  value: (_) @value) @match
  (#eq? @name "GIT_SSL_NO_VERIFY")
  (#match? @value "^[\"']?(1|true|yes)[\"']?$"))
