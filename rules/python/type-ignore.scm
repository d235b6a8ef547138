((comment) @match
  (#match? @match "#\\s*type:\\s*ignore\\s*($|#|--|[-,;(:–—])"))
((comment) @match
  (#match? @match "#\\s*type:\\s*ignore\\s*\\[[^\\]]*\\]")
  (#not-match? @match "#\\s*type:\\s*ignore\\s*\\[\\s*(import|import-untyped|import-not-found)\\s*\\]"))
((comment) @match
  (#match? @match "#\\s*(pyright:\\s*(ignore|basic|off|report\\w+\\s*=\\s*(false|none))|mypy:\\s*(ignore-errors|disable-error-code)|ty:\\s*ignore|pyre-(ignore|fixme)|pyrefly:\\s*ignore)(\\W|$)")
  (#not-match? @match "#\\s*(pyright|ty|pyrefly):\\s*ignore\\s*\\[\\s*(reportMissingTypeStubs|reportMissingModuleSource|unresolved-import|import-error)\\s*\\]"))
