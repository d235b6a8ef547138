((catch_clause body: (block . (expression_statement (method_invocation object: (_) @object name: (identifier) @name arguments: (argument_list) @arguments)) .)) @match
  (#match? @name "^(printStackTrace|print|println|printf)$")
  (#match? @object "^(System\\.(out|err)|e|ex|t|err|error|exc|exception|throwable|\\w*Exception|ioe|ie|cause)$")
  (#not-match? @match "printStackTrace\\(\\s*[^)\\s]|\\.out\\.\\w+\\(\\s*\\)$"))
((catch_clause body: (block
  . (expression_statement (method_invocation object: (_) @object name: (identifier) @name))
  . (expression_statement (method_invocation object: (_) @more name: (identifier) @second)) .)) @match
  (#match? @name "^(printStackTrace|print|println|printf)$")
  (#match? @second "^(printStackTrace|print|println|printf)$")
  (#match? @object "^(System\\.(out|err)|e|ex|t|err|error|exc|exception|throwable|\\w*Exception|ioe|ie)$")
  (#match? @more "^(System\\.(out|err)|e|ex|t|err|error|exc|exception|throwable|\\w*Exception|ioe|ie)$")
  (#not-match? @match "printStackTrace\\(\\s*[^)\\s]"))
