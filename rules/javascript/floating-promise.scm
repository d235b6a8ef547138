; rows.forEach(async (row) => …)
((call_expression
  function: (_ property: (property_identifier) @name)
  arguments: (arguments . [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)] @match))
  (#eq? @name "forEach")
  (#match? @match "^async\\b")
  (#match? @body "\\bawait\\b"))

; new Promise(async (resolve) => …)
((new_expression
  constructor: (identifier) @class
  arguments: (arguments . [(arrow_function) (function_expression)] @match .))
  (#eq? @class "Promise")
  (#match? @match "^async\\b"))

; fetch(url); and its like as a statement
((expression_statement (call_expression function: (identifier) @name @key)) @match
  (#eq? @name "fetch"))
((expression_statement (call_expression function: (member_expression) @name @key)) @match
  (#match? @name "^((window|globalThis)\\.fetch|axios\\.(get|post|put|patch|delete|request)|(fs\\.promises|fsPromises|fsp)\\.\\w+)$"))

; fetch(url).then(done); without a catch
((expression_statement (call_expression
  function: (_
    object: (call_expression function: [(identifier) (member_expression)] @name)
    property: (property_identifier) @then)
  arguments: (arguments . (_) .))) @match
  (#eq? @then "then")
  (#match? @name "^((window\\.|globalThis\\.)?fetch|axios(\\.(get|post|put|patch|delete|request))?|(fs\\.promises|fsPromises|fsp)\\.\\w+)$"))
((expression_statement (call_expression
  function: (_
    object: (call_expression
      function: (_
        object: (call_expression function: [(identifier) (member_expression)] @name)
        property: (property_identifier) @first)
      arguments: (arguments . (_) .))
    property: (property_identifier) @then)
  arguments: (arguments . (_) .))) @match
  (#eq? @first "then")
  (#eq? @then "then")
  (#match? @name "^((window\\.|globalThis\\.)?fetch|axios(\\.(get|post|put|patch|delete|request))?|(fs\\.promises|fsPromises|fsp)\\.\\w+)$"))
