((attribute object: (identifier) @module attribute: (identifier)) @match
  (#any-of? @module "logging" "logger" "_logger" "LOGGER" "_LOGGER" "threading" "abc" "tempfile" "asyncio" "ssl" "typing")
  (#match? @match "^(logging\\.warn|(self\\.|cls\\.)?_?(logger|LOGGER)\\.warn|threading\\.(currentThread|activeCount)|abc\\.(abstractproperty|abstractclassmethod|abstractstaticmethod)|tempfile\\.mktemp|asyncio\\.(iscoroutinefunction|set_event_loop_policy|get_event_loop_policy|DefaultEventLoopPolicy|WindowsSelectorEventLoopPolicy|WindowsProactorEventLoopPolicy|AbstractEventLoopPolicy)|ssl\\.PROTOCOL_(SSLv2|SSLv3|SSLv23|TLSv1|TLSv1_1|TLSv1_2|TLS)|typing\\.ByteString)$")
  (#not-has-ancestor? @match "except_clause" "else_clause" "conditional_expression"))
((attribute object: (attribute object: (identifier) @self attribute: (identifier) @logger) attribute: (identifier) @name) @match
  (#eq? @name "warn")
  (#any-of? @self "self" "cls")
  (#any-of? @logger "logger" "_logger" "LOGGER")
  (#not-has-ancestor? @match "except_clause" "else_clause" "conditional_expression"))
((call
  function: (attribute object: (_) @thread attribute: (identifier) @name)) @match
  (#any-of? @name "setDaemon" "isDaemon")
  (#not-has-ancestor? @match "except_clause"))
