((call
  function: (attribute object: (identifier) @module attribute: (identifier) @name)
  arguments: (argument_list . (string (string_content) @action) .)) @match
  (#eq? @module "warnings")
  (#any-of? @name "filterwarnings" "simplefilter")
  (#eq? @action "ignore")
  (#not-has-ancestor? @match "with_statement"))
((call
  function: (identifier) @name
  arguments: (argument_list . (string (string_content) @action) .)) @match
  (#any-of? @name "filterwarnings" "simplefilter")
  (#eq? @action "ignore")
  (#not-has-ancestor? @match "with_statement"))
((assignment
  left: (attribute object: (identifier) @module attribute: (identifier) @name)
  right: (_) @value) @match
  (#eq? @module "warnings")
  (#eq? @name "warn")
  (#match? @value "^lambda\\b|^noop$"))
((call
  function: (attribute object: (identifier) @module attribute: (identifier) @name)
  arguments: (argument_list . (_) @level .)) @match
  (#eq? @module "logging")
  (#eq? @name "disable")
  (#any-of? @level "logging.CRITICAL" "logging.FATAL" "50" "sys.maxsize" "logging.ERROR"))
