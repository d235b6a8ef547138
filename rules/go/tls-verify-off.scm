((literal_value
  (keyed_element
    key: (literal_element (identifier) @name)
    value: (literal_element (true))) @match) @whole
  (#eq? @name "InsecureSkipVerify")
  (#not-match? @whole "VerifyPeerCertificate|VerifyConnection"))
((assignment_statement
  left: (expression_list (selector_expression field: (field_identifier) @name))
  right: (expression_list (true))) @match
  (#eq? @name "InsecureSkipVerify"))
((call_expression function: (selector_expression operand: (identifier) @package field: (field_identifier) @name)) @match
  (#eq? @package "ssh")
  (#eq? @name "InsecureIgnoreHostKey"))
