"""How the product grows: invented English documents in three sizes, built, asked and measured."""
