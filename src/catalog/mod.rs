//! What each command is: name, arity, flags, key positions, ACL categories, documentation. Data only.
