//! May a call act? The verdict, a pure function of rules, mode, call and recorded facts.
