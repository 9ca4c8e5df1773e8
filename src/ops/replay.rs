//! `metonic replay FILE…`: do recorded histories still fit the code of the project?
