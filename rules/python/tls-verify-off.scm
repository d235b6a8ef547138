((call
  function: [(attribute attribute: (identifier) @name) (identifier) @name] @function
  arguments: (argument_list (keyword_argument name: (identifier) @argument value: (false)) @match))
  (#any-of? @argument "verify")
  (#match? @function "^((\\w+\\.)*(requests|httpx|niquests|session|_session|client|_client|http|_http|s)\\.(get|post|put|patch|delete|head|options|request|stream|send)|(requests|httpx)\\.(Session|Client|AsyncClient|HTTPTransport|AsyncHTTPTransport)|(Async)?Client|AsyncHTTPTransport)$"))
((call
  function: (_) @function
  arguments: (argument_list (keyword_argument name: (identifier) @argument value: (false)) @match))
  (#any-of? @argument "verify_ssl" "ssl_verify" "verify_certs" "validate_certs")
  (#not-match? @function "(dict|parser|Field|field|Mock)$"))
((call
  function: (attribute object: (identifier) @aiohttp attribute: (identifier) @class)
  arguments: (argument_list (keyword_argument name: (identifier) @argument value: (false)) @match))
  (#eq? @aiohttp "aiohttp")
  (#any-of? @class "TCPConnector" "request")
  (#any-of? @argument "ssl" "verify_ssl"))
((assignment left: (attribute attribute: (identifier) @name) @left right: (false)) @match
  (#match? @left "^(\\w+\\.)*(session|_session|client|context|ctx|ssl_context|sslcontext|_context|s|configuration)\\.(verify|check_hostname|verify_ssl)$"))
((attribute object: (identifier) @module attribute: (identifier) @name) @match
  (#eq? @module "ssl")
  (#any-of? @name "_create_unverified_context" "CERT_NONE")
  (#not-has-ancestor? @match "comparison_operator" "if_statement" "conditional_expression" "pair" "tuple" "list"))
((call
  arguments: (argument_list (keyword_argument name: (identifier) @argument value: (string) @value) @match))
  (#eq? @argument "cert_reqs")
  (#match? @value "^[\"'](CERT_)?NONE[\"']$"))
((call function: (attribute object: (_) @module attribute: (identifier) @name)) @match
  (#match? @module "^(requests\\.packages\\.)?urllib3$")
  (#eq? @name "disable_warnings"))
