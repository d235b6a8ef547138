; try { return await load(); } catch { return []; }
((try_statement
  body: (statement_block) @tried
  handler: (catch_clause body: (statement_block . (return_statement [(null) (array) (object) (string) (number)] @value) .)) @match)
  (#match? @value "^(null|\\[\\s*\\]|\\{\\s*\\}|''|\"\"|-?0|-1)$")
  (#match? @tried "\\bawait\\b")
  (#not-match? @tried "\\bawait\\s+(import\\(|(fs\\.|fsp\\.|fsPromises\\.|fs\\.promises\\.)?(stat|lstat|access|readlink|realpath|readFile|readdir)\\(|[\\w.]+\\.(json|text)\\(\\))"))
((function_declaration name: (identifier) @name
  body: (statement_block (try_statement
    body: (statement_block) @tried
    handler: (catch_clause body: (statement_block . (return_statement (false)) .)) @match)))
  (#match? @tried "\\bawait\\b")
  (#not-match? @tried "\\bawait\\s+(import\\(|(fs\\.|fsp\\.|fsPromises\\.|fs\\.promises\\.)?(stat|lstat|access|readlink|realpath)\\()")
  (#not-match? @name "^_?(is|has|have|can|could|should|are|was|does|did|exists?|check|test|probe|ping|valid|verif|supports?|allow|needs?|try|wait|match|compare)|(Exists?|Valid|Available|Alive|Ready|Running|Installed|Enabled|Healthy)$"))

; .catch(() => [])
((call_expression
  function: (_ object: (_) @object property: (property_identifier) @name)
  arguments: (arguments . [
    (arrow_function body: [(null) (array) (string) (number) (parenthesized_expression (object))] @value)
    (arrow_function body: (statement_block . (return_statement [(null) (array) (object) (string) (number)] @value) .))
    (function_expression body: (statement_block . (return_statement [(null) (array) (object) (string) (number)] @value) .))] @match .))
  (#eq? @name "catch")
  (#match? @value "^\\(?(null|\\[\\s*\\]|\\{\\s*\\}|''|\"\"|-?0|-1)\\)?$")
  (#not-match? @object "(^|\\.)(import|stat|lstat|access|readlink|realpath|readdir|readFile|json|text)\\([^()]*\\)$|\\b(z|zod)\\.\\w+\\("))
